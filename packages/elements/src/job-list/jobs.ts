/** Jobs: they are loaded when a page has them in its markup, and register their tags. */
import '../budget-bar/define.js';
import '../job-form/define.js';
import '../task-card/define.js';
import './define.js';
