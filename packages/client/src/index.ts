export { ClientError, type ClientErrorCode, type ClientErrorOptions } from './client-error.js';
export { type ConnectOptions, connect, RemoteHub } from './remote-hub.js';
