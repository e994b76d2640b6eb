import { JobForm } from './job-form.js';

if (!customElements.get('job-form')) customElements.define('job-form', JobForm);

declare global {
  interface HTMLElementTagNameMap {
    'job-form': JobForm;
  }
}
