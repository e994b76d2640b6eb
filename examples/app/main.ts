import { connect } from '@corral/client';
import '@corral/elements/define.js';

const hub = connect(document.documentElement.dataset['hub'] ?? 'http://127.0.0.1:7676');
const provider = document.createElement('corral-provider');
provider.hub = hub;
provider.append(document.createElement('model-grid'));
document.body.append(provider);

hub.subscribe('model:state-changed', ({ model }) => console.info(model.filename, model.state));
