import type { BackendModelReading, EndpointModel } from '@corral/core';
import { ModelCatalogue } from './model-catalogue.js';
import { nameWithoutPath, shownName } from './model-name.js';

/** A model as a server lists it, by the name that the server knows it by. */
export interface ServedModel extends Omit<EndpointModel, 'name'> {
  readonly id: string;
}

/** A model of which nothing is known but its name and perhaps its state. */
export function servedModel(id: string, state: ServedModel['state']): ServedModel {
  return { id, state, sizeBytes: null, vramBytes: null };
}

/**
 * The models of an endpoint, out of what it could serve and what it has loaded. What is loaded says more, and counts;
 * a model may be loaded and kept off the list all the same.
 * @param loaded `null` where the server did not tell: then nobody knows that a model is not loaded
 */
export function modelReadings(
  listed: readonly ServedModel[],
  loaded: readonly ServedModel[] | null,
): BackendModelReading[] {
  const all = new Map(listed.map((model) => [model.id, model]));
  for (const model of loaded ?? []) all.set(model.id, model);
  const catalogue = new ModelCatalogue(nameOf);
  catalogue.replace(all.keys());
  return Array.from(catalogue.entries(), ([name, id]) => {
    const { state, sizeBytes, vramBytes } = all.get(id) ?? servedModel(id, null);
    const isUnknown = state === 'unloaded' && loaded === null;
    return { name, state: isUnknown ? null : state, sizeBytes, vramBytes, problem: null, numbers: null };
  });
}

/** Servers that are started with a path list their model by it; where files lie over there is nobody's business. */
function nameOf(id: string): string {
  return /^(?:[/\\~.]|[a-z]:[/\\])/i.test(id) ? nameWithoutPath(id) : shownName(id);
}
