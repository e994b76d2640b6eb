/** What a card shows only when someone asks for it: it is loaded then, and registers its tags. */
import '../model-details/define.js';
import '../model-settings/define.js';

export { ModelDetailsPanel } from '../model-details/model-details.js';
export { ModelSettingsForm } from '../model-settings/model-settings.js';
