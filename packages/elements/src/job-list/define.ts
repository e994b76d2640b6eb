import { JobList } from './job-list.js';

if (!customElements.get('job-list')) customElements.define('job-list', JobList);

declare global {
  interface HTMLElementTagNameMap {
    'job-list': JobList;
  }
}
