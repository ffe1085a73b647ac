import { connect, type Socket } from 'node:net';

/**
 * One kept-alive HTTP/1.1 connection that sends ready-made bytes, one request at a time. A full client would spend
 * more on a request than a bare server does, and would be what is measured.
 */
export class Connection {
  readonly #socket: Socket;
  #answered: ((status: number) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;
  #received = '';
  #isOpen = true;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#take(text));
    const fail = (why: string): void => this.#failed?.(new Error(`The server ${why}.`));
    socket.on('error', (error) => fail(`cut a connection (${error.message})`));
    socket.on('close', () => {
      this.#isOpen = false;
      fail('closed a connection');
    });
  }

  static async open(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => resolve());
    });
    return new Connection(socket);
  }

  /** False once the server has closed it, as servers do with idle connections. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends a request and answers its status once the whole answer is there. */
  async send(request: Buffer): Promise<number> {
    if (!this.#isOpen) throw new Error('The server has closed this connection.');
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#received += text;
    const head = this.#received.indexOf('\r\n\r\n');
    if (head < 0 || !isWhole(this.#received, head)) return;
    const status = Number(this.#received.slice(9, 12));
    this.#received = '';
    this.#answered?.(status);
  }
}

function isWhole(answer: string, head: number): boolean {
  const headers = answer.slice(0, head).toLowerCase();
  const length = /\r\ncontent-length: *(\d+)/.exec(headers)?.[1];
  if (length !== undefined) return answer.length >= head + 4 + Number(length);
  if (headers.includes('transfer-encoding: chunked')) return answer.endsWith('0\r\n\r\n');
  return true;
}
