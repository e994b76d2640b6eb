/** Registers every element under its own tag. This is the module behind the script tag. */
import './corral-provider/define.js';
import './model-sparkline/define.js';
import './model-card/define.js';
import './model-grid/define.js';

// The other elements are loaded when a card or a grid opens them; a page that has them in its own markup needs them now.
if (document.querySelector('model-settings, model-details')) void import('./model-card/panels.js');
if (document.querySelector('model-toolbar')) void import('./model-grid/toolbar.js');
if (document.querySelector('attach-server, endpoint-list')) void import('./model-grid/servers.js');
