/** What a grid needs when its cards are there: it is loaded after them, and registers the tag of its toolbar. */
import '../model-toolbar/define.js';

export { ModelToolbar } from '../model-toolbar/model-toolbar.js';
export { GridTools } from './grid-tools.js';
