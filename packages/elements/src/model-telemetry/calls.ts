/** What calls have shown of models: it is loaded when a page has it in its markup, and registers its tag. */
import './define.js';
