/** A job and its log: they are loaded when a page has them in its markup, and register their tags. */
import './define.js';
