/** Instructions that random modules choose from. */
import { type NumberType, OPCODES, type Opcode } from '../../../sdk/src/wasm/index.ts';

/** Of numbers alone, with operands and one result. */
const pure = OPCODES.filter(({ name, type, access, feature }) => {
  if (type === undefined || access > 0 || feature === 'bulk-memory' || name.startsWith('memory.'))
    return false;
  return (
    type.params.length > 0 && type.results.length === 1 && [...type.params, ...type.results].every(isNumber)
  );
});
const loads = OPCODES.filter(
  ({ type, access, feature }) => access > 0 && feature !== 'bulk-memory' && type?.results.length === 1,
);
export const stores: readonly Opcode[] = OPCODES.filter(
  ({ type, access, feature }) => access > 0 && feature !== 'bulk-memory' && type?.results.length === 0,
);

function isNumber(type: string): type is NumberType {
  return /^[if](32|64)$/.test(type);
}

/** Whether the instruction may give a NaN whose bits the specification leaves open. */
export function mayGiveNan(name: string): boolean {
  return /^f\d\d[.](add|sub|mul|div|min|max|sqrt|ceil|floor|trunc|nearest|promote_f32|demote_f64)$/.test(
    name,
  );
}

/** By the type of the result. */
const byResult = (ops: readonly Opcode[]): ReadonlyMap<string | undefined, readonly Opcode[]> =>
  Map.groupBy(ops, ({ type }) => type?.results[0]);
export const pureOf: ReadonlyMap<string | undefined, readonly Opcode[]> = byResult(pure);
export const loadsOf: ReadonlyMap<string | undefined, readonly Opcode[]> = byResult(loads);
export const pureByName: ReadonlyMap<string, Opcode> = new Map(pure.map((op) => [op.name, op]));
