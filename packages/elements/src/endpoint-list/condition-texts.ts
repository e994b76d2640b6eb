import type { Endpoint, EndpointCondition } from '@corral/core';

const conditionTexts: Readonly<Record<EndpointCondition, string>> = {
  ok: 'answers',
  loading: 'is loading a model',
  auth_required: 'wants a key, or another one',
  refused: 'refuses the connection: nothing listens there',
  timeout: 'does not answer in time',
  reset: 'breaks the connection off',
  unrecognised: 'answers, but is no server that is known here',
  redirect_refused: 'points to another address, which is not followed',
  blocked_address: 'is at an address that is not allowed',
  name_not_found: 'has a name that nobody knows',
  body_too_large: 'answers with more than is read',
  unexpected_encoding: 'answers in an encoding that is not read',
  rate_limited: 'asks to be called less often',
  server_error: 'answers with errors of its own',
  local_resource: 'could not be asked: this machine lacks the means',
};

/** How an attached server is, in words that follow its name. */
export function conditionText({ condition, models }: Endpoint): string {
  if (condition === null) return 'was not asked yet';
  if (condition !== 'ok') return conditionTexts[condition];
  return models.length === 0 ? 'answers, but has no model' : conditionTexts.ok;
}
