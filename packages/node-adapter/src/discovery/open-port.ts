import { connect } from 'node:net';

/** Milliseconds in which loopback answers, however busy the machine is. */
const deadlineMs = 1000;

/** Whether something accepts TCP connections there. The connection is closed at once, with nothing said. */
export function isPortOpen(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(false);
      return;
    }
    const socket = connect({ host, port });
    const end = (isOpen: boolean): void => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(isOpen);
    };
    const abort = (): void => end(false);
    signal.addEventListener('abort', abort, { once: true });
    socket.setTimeout(deadlineMs, () => end(false));
    socket.once('connect', () => end(true)).on('error', () => end(false));
  });
}
