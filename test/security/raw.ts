import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A connection of a client that need not keep to HTTP; gone when the test ends. */
export async function rawConnection(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve).once('close', () => resolve());
  });
  return socket;
}

/** All that the server sends until it closes the connection. */
export async function untilClosed(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => (text += part));
  if (!socket.destroyed) await new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  return text;
}

/** Sends a text and answers what came back until the server closed the connection. */
export async function exchange(url: string, text: string): Promise<string> {
  const socket = await rawConnection(url);
  socket.write(text);
  return untilClosed(socket);
}
