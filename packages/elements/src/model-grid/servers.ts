/** What a grid shows of attached servers: it is loaded when there is one, or someone wants one, and registers its tags. */
import '../attach-server/define.js';
import '../endpoint-list/define.js';

export { AttachServer } from '../attach-server/attach-server.js';
export { EndpointList } from '../endpoint-list/endpoint-list.js';
