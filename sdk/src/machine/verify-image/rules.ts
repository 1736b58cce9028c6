import { fail } from '../../errors/index.ts';

/** What an image must be, rule by rule: docs/machine.md says what each is for. */
export type ImageRule =
  // One instruction
  | 'opcode'
  | 'field'
  | 'slot'
  | 'immediate'
  | 'key'
  | 'move'
  // Its neighbours
  | 'trap exits'
  | 'return point'
  | 'drain'
  | 'status'
  // Control
  | 'entry'
  | 'target'
  | 'callee'
  | 'tail call'
  | 'references'
  // Values
  | 'unset'
  | 'width'
  | 'count'
  | 'table index'
  | 'return slot'
  | 'settling'
  // Cells
  | 'cells';

/** @throws IMAGE_INVALID with the name of the rule */
export function refuse(rule: ImageRule, what: string, pc?: number): never {
  fail('IMAGE_INVALID', `${what} (rule "${rule}")`, {
    where: pc === undefined ? 'image' : `image, pc ${pc}`,
    fix: 'Nothing can be proven of such a program. If wattest translated it, report this with the module',
  });
}
