/** Numbers of hosts and queues: they are loaded when a page has them in its markup, and register their tags. */
import '../metrics-panel/define.js';
import './define.js';
