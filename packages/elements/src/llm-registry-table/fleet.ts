/** The fleet: it is loaded when a page has it in its markup, and registers its tag. */
import './define.js';
