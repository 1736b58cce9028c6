/** The rules of public terms: which fields may stand in them, and that a recursion has its whole public vector on the bus. */
import { type PublicField, type Recursion, SUBJECT_MESSAGES } from './declare.ts';
import { type ChipShape, MAX_LOG, type PublicTermShape, type Shape } from './shape.ts';

/** What the rules speak of: of a chip, only what is declared. */
export type Outline = Omit<Shape, 'challenges' | 'chips' | 'machine' | 'packs'> & {
  readonly chips: readonly Pick<ChipShape, 'name' | 'height' | 'fixed'>[];
};

/** Throws, with the place within the system (empty for the whole). */
export type Report = (place: string, problem: string) => never;

/** Far more than any proof of a recursion has: a join names a program key, two challenges, a sum, a root and a list. */
const MOST_MESSAGES = 64;
const MOST_COMMITMENTS = 16;

/** Of a proof about a run itself. */
const OF_RUNS: readonly PublicField['from'][] = ['constant', 'entry', 'status', 'index', 'word'];
/** Of a proof about other proofs, and of one that is about a program and a statement besides. */
const OF_PROOFS: readonly PublicField['from'][] = ['constant', 'message', 'pair'];
const OF_SUBJECTS: readonly PublicField['from'][] = [...OF_PROOFS, 'statement', 'log', 'entry', 'commitment'];

export function checkTerms(outline: Outline, invalid: Report): void {
  const { publicTerms, tags, recursion } = outline;
  for (const term of publicTerms) {
    const { name, tag, fields } = term;
    const known = tags.find(({ code }) => code === tag);
    if (known === undefined) invalid(name, `no tag has the code ${tag}`);
    else if (fields.length !== known.fields) invalid(name, `${known.name} takes ${known.fields} fields`);
    const allowed =
      recursion === undefined ? OF_RUNS : recursion.subject === undefined ? OF_PROOFS : OF_SUBJECTS;
    checkTerm(term, allowed, invalid);
    if (recursion !== undefined && term.each !== undefined) {
      invalid(name, 'a proof about proofs has a statement by its hash only');
    }
  }
  if (recursion !== undefined) checkRecursion(outline, recursion, invalid);
}

function checkTerm(
  { name, fields, each }: PublicTermShape,
  allowed: readonly PublicField['from'][],
  invalid: Report,
): void {
  const stranger = fields.find(({ from }) => !allowed.includes(from));
  if (stranger !== undefined) invalid(name, `a field from ${stranger.from} has no meaning here`);
  if (each === undefined && fields.some(({ from }) => from === 'index' || from === 'word')) {
    invalid(name, 'index and word stand only in a term for each input or output');
  }
}

/** What a proof says and no term puts on the bus would be the prover's to choose. */
function checkRecursion(outline: Outline, { messages, subject }: Recursion, invalid: Report): void {
  const { bus, chips, publicTerms } = outline;
  if (bus !== 'closed') invalid('', 'a proof about proofs stands alone');
  if (!(Number.isInteger(messages) && messages >= 0 && messages <= MOST_MESSAGES)) {
    invalid('', `${messages} messages are not from 0 to ${MOST_MESSAGES}`);
  }
  if (subject !== undefined) {
    const { minLog, maxLog, commitments } = subject;
    if (messages !== SUBJECT_MESSAGES.length) {
      invalid('', `messages are not ${SUBJECT_MESSAGES.join(', ')}`);
    }
    const bounded = (value: number, most: number): boolean =>
      Number.isInteger(value) && value >= 0 && value <= most;
    if (!(bounded(maxLog, MAX_LOG) && bounded(minLog, maxLog) && bounded(commitments, MOST_COMMITMENTS))) {
      invalid('', 'heights or commitments of the machine it is about are out of range');
    }
    if (chips.some(({ height }) => height.from === 'program')) {
      invalid('', 'a proof about a program of another machine has no program of its own');
    }
    for (const term of subject.publicTerms) checkTerm(term, OF_RUNS, invalid);
  }
  const expected = vectorOf({ messages, ...(subject === undefined ? {} : { subject }) });
  const standing = publicTerms.flatMap(({ fields }) => fields).map(labelOf);
  const missing = expected.find((field) => !standing.includes(labelOf(field)));
  if (missing !== undefined) invalid('', `no public term has ${labelOf(missing)}`);
  const known = new Set(expected.map(labelOf));
  const stranger = publicTerms.find(({ fields }) =>
    fields.some((field) => field.from !== 'constant' && !known.has(labelOf(field))),
  );
  if (stranger !== undefined) invalid(stranger.name, 'a field is nothing that such a proof has');
}

const PARTS = [0, 1, 2] as const;

/** All elements that a recursion's verifier makes: the public vector. */
export function vectorOf({ messages, subject }: Recursion): PublicField[] {
  const vector: PublicField[] = Array.from({ length: messages }, (_, index) => ({ from: 'message', index }));
  for (const point of ['A', 'B'] as const) {
    for (const part of PARTS) vector.push({ from: 'pair', point, part });
  }
  if (subject === undefined) return vector;
  vector.push(
    { from: 'statement', half: 0 },
    { from: 'statement', half: 1 },
    { from: 'log' },
    { from: 'entry' },
  );
  for (let index = 0; index < subject.commitments; index++) {
    for (const part of PARTS) vector.push({ from: 'commitment', index, part });
  }
  return vector;
}

function labelOf(field: PublicField): string {
  switch (field.from) {
    case 'message':
      return `message ${field.index}`;
    case 'pair':
      return `part ${field.part} of ${field.point}`;
    case 'statement':
      return `half ${field.half} of the statement`;
    case 'commitment':
      return `part ${field.part} of commitment ${field.index}`;
    default:
      return field.from;
  }
}
