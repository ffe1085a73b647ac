import { connect, createServer, type Socket } from 'node:net';

/** An address that stays the same whichever bridge is behind it, as a load balancer has one. */
export type Front = {
  readonly url: string;
  /** Hands new connections on to this bridge from now on. */
  readonly to: (bridgeUrl: string) => void;
  readonly close: () => Promise<void>;
};

/** Opens a front on a free port of this machine. Where no bridge answers behind it, connections are reset. */
export async function openFront(): Promise<Front> {
  let target: URL | undefined;
  const open = new Set<Socket>();
  const server = createServer((caller) => {
    const bridge = connect(Number(target?.port ?? 0), target?.hostname);
    for (const [from, to] of [
      [caller, bridge],
      [bridge, caller],
    ] as const) {
      open.add(from);
      from.on('error', () => to.resetAndDestroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    to: (bridgeUrl) => void (target = new URL(bridgeUrl)),
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
