import '../log-stream/define.js';
import '../task-card/define.js';
import { JobView } from './job-view.js';

if (!customElements.get('job-view')) customElements.define('job-view', JobView);

declare global {
  interface HTMLElementTagNameMap {
    'job-view': JobView;
  }
}
