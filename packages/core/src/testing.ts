/** What tests and stories need: a clock that stands still and a hub without servers. */
export { SimulatedClock } from './testing/simulated-clock.js';
export { type SimulatedFleet, simulatedEndpoint, simulatedHost } from './testing/simulated-fleet.js';
export { SimulatedHub } from './testing/simulated-hub.js';
export { simulatedModel } from './testing/simulated-model.js';
