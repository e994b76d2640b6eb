export { ClientError, type ClientErrorCode, type ClientErrorOptions } from './client-error.js';
export { connect, type ConnectOptions, RemoteHub } from './remote-hub.js';
