/** Registers every element under its own tag. This is the module behind the script tag. */
import './corral-provider/define.js';
import './model-sparkline/define.js';
import './model-card/define.js';
import './model-grid/define.js';
