import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import '@corral/elements/define.js';
import { html } from 'lit';

const hub = new SimulatedHub([
  simulatedModel({ modelId: 'llama', filename: 'llama-3.gguf', state: 'ready' }),
]);
hub.wave(20);

export default { title: 'Examples/My card' };
export const Ready = {
  render: () =>
    html`<corral-provider .hub=${hub}><model-card model-id="llama"></model-card></corral-provider>`,
};
