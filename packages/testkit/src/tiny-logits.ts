import { createBigram } from './bigram.ts';
import { makeJsonHabits } from './json-habits.ts';
import { SPACE, SPECIAL, type TinyVocabulary, TOKEN_TYPE } from './tiny-vocabulary.ts';

/** Out of reach of every sampler, yet finite, so that a grammar can still force the token. */
const NEVER = -30;

/** Floor for tokens that only matter once a grammar has ruled out everything likelier. */
const RARE = 1e-6;

/** The share of each prediction that ignores the word before, so that a text wanders instead of reciting. */
const WANDER = 0.04;

/** How likely a full stop ends the answer: at usual settings after several hundred words. */
const END_SHARE = 0.02;

/**
 * What a tiny model answers: logits by `[token id][context]` in one array, which is the order of an output matrix.
 * Learnt from the word pairs of the vocabulary's text, plus what JSON needs.
 *
 * @param random - numbers from 0 to 1; models with different ones prefer different words.
 */
export function makeTinyLogits(vocabulary: TinyVocabulary, random: () => number): Float32Array {
  const { tokens, contexts } = vocabulary;
  const bigram = learnPairs(vocabulary);
  const habitOf = makeJsonHabits(vocabulary);
  const fullStop = contextOf(vocabulary, vocabulary.idOf('.') ?? SPECIAL.unknown);
  const logits = new Float32Array(tokens.length * contexts).fill(NEVER);
  for (let context = 0; context < contexts; context += 1) {
    const learnt = bigram.probabilitiesAfter(context);
    for (const [id, token] of tokens.entries()) {
      if (token.type !== TOKEN_TYPE.normal) continue;
      const probability = Math.max(learnt[id] ?? 0, habitOf(context, id), RARE);
      logits[id * contexts + context] = Math.log(probability) + (random() - 0.5) * 0.4;
    }
    // A grammar that is satisfied leaves only the end to choose, so the end must be within reach everywhere.
    logits[SPECIAL.end * contexts + context] = Math.log(context === fullStop ? END_SHARE : RARE);
  }
  return logits;
}

function learnPairs(vocabulary: TinyVocabulary) {
  const { tokens, paragraphs } = vocabulary;
  const bigram = createBigram(tokens.length, WANDER);
  for (const [number, paragraph] of paragraphs.entries()) {
    const first = paragraph[0];
    if (first === undefined) continue;
    // A prompt is empty or ends with the line break of the chat template; no answer should start with a space.
    if (!isSpaced(vocabulary, first)) {
      for (const start of [SPECIAL.begin, SPECIAL.unknown]) bigram.observe(start, first);
    }
    const following = paragraphs[number + 1]?.[0];
    for (const [index, id] of paragraph.entries()) {
      const next =
        paragraph[index + 1] ?? (following === undefined ? undefined : spacedForm(vocabulary, following));
      if (next !== undefined) bigram.observe(contextOf(vocabulary, id), next);
    }
  }
  return bigram;
}

function contextOf(vocabulary: TinyVocabulary, id: number): number {
  return vocabulary.tokens[id]?.context ?? SPECIAL.unknown;
}

function isSpaced(vocabulary: TinyVocabulary, id: number): boolean {
  return vocabulary.tokens[id]?.text.startsWith(SPACE) ?? false;
}

/** The first word of a paragraph, as it would stand in the middle of one. */
function spacedForm(vocabulary: TinyVocabulary, id: number): number | undefined {
  return isSpaced(vocabulary, id) ? id : vocabulary.idOf(`${SPACE}${vocabulary.tokens[id]?.text ?? ''}`);
}
