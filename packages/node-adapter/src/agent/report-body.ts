import type { AgentReport, EndpointModel, ReportedEndpoint, ResourceReading } from '@corral/core';
import { reportLimits } from '@corral/core/wire';
import { escapeControls } from '../process/redact.js';

/** What a hub takes at most, in bytes. */
const mostBytes = 64 * 1024;

/** A report that a hub takes, and what had to be left out of it. */
export interface FittedReport {
  readonly report: AgentReport;
  readonly leftOut: { readonly endpoints: number; readonly models: number };
}

/**
 * Brings a report within the limits of a hub. What does not fit is left out: models first, those that are not loaded
 * before those that are, and the same number of every endpoint; then endpoints from the end.
 */
export function fitReport(report: AgentReport): FittedReport {
  const whole: AgentReport = {
    ...report,
    name: nameOf(report.name),
    system: report.system === null ? null : nameOf(report.system),
    addresses: report.addresses.slice(0, reportLimits.addresses),
    resources: plausible(report.resources),
    endpoints: report.endpoints.map(sendable),
  };
  const cut = (endpoints: number, models: number): AgentReport => ({
    ...whole,
    endpoints: whole.endpoints
      .slice(0, endpoints)
      .map((endpoint) => ({ ...endpoint, models: endpoint.models.slice(0, models) })),
  });
  const models = mostThatFits(reportLimits.modelsPerEndpoint, (n) => fits(cut(reportLimits.endpoints, n)));
  const endpoints = mostThatFits(reportLimits.endpoints, (n) => fits(cut(n, models)));
  const fitted = cut(endpoints, models);
  return {
    report: fitted,
    leftOut: {
      endpoints: report.endpoints.length - fitted.endpoints.length,
      models: countModels(report.endpoints) - countModels(fitted.endpoints),
    },
  };
}

/** The largest number up to `most` for which `isSmall` holds; 0 where it holds for none. */
function mostThatFits(most: number, isSmall: (n: number) => boolean): number {
  let [least, tooMany] = [0, most + 1];
  if (isSmall(most)) return most;
  while (tooMany - least > 1) {
    const middle = Math.floor((least + tooMany) / 2);
    if (isSmall(middle)) least = middle;
    else tooMany = middle;
  }
  return least;
}

function fits(report: AgentReport): boolean {
  return Buffer.byteLength(JSON.stringify(report)) <= mostBytes;
}

function sendable(endpoint: ReportedEndpoint): ReportedEndpoint {
  const models = endpoint.models
    .map((model) => ({ ...model, name: shown(model.name, reportLimits.modelNameLength) }))
    .filter(({ name }) => name !== '');
  const once = [...new Map(models.map((model) => [model.name, model])).values()];
  return { ...endpoint, name: nameOf(endpoint.name), models: once.sort((a, b) => rank(a) - rank(b)) };
}

/** Loaded models say what a host does now; what is merely on its disk can be left out first. */
function rank({ state }: EndpointModel): number {
  return state === 'ready' || state === 'sleeping' ? 0 : state === 'loading' || state === 'stopping' ? 1 : 2;
}

/**
 * A reading that does not contradict itself. Use and total are read one after the other, and a limit can be lowered in
 * between: then nobody knows how much is in use, and a hub would refuse all of the report.
 */
function plausible(resources: ResourceReading): ResourceReading {
  const used = (value: number | null, total: number | null): number | null =>
    value !== null && total !== null && value > total ? null : value;
  return {
    ...resources,
    ramUsed: used(resources.ramUsed, resources.ramTotal),
    vramUsed: used(resources.vramUsed, resources.vramTotal),
    gpus: resources.gpus.slice(0, reportLimits.gpus).map((gpu) => ({
      ...gpu,
      name: gpu.name === null ? null : nameOf(gpu.name),
      vramUsed: used(gpu.vramUsed, gpu.vramTotal),
    })),
  };
}

function nameOf(text: string): string {
  return shown(text, reportLimits.nameLength) || '?';
}

/** A text as a hub takes it: one form of every character, controls spelt out, and no half of a character at the cut. */
function shown(text: string, length: number): string {
  const cut = escapeControls(text.normalize('NFC').replaceAll('\u061c', '')).slice(0, length);
  return Buffer.from(cut).toString();
}

function countModels(endpoints: readonly ReportedEndpoint[]): number {
  return endpoints.reduce((sum, { models }) => sum + models.length, 0);
}
