import { functionType, type ValueType } from '../../wasm/types.ts';
import * as I from '../instructions.ts';
import type { FailureName } from '../program.ts';
import type { Integer, Item } from './assembly.ts';
import type { HostFunction } from './host.ts';
import { trap } from './intrinsics.ts';
import { inSlot } from './numeric.ts';

/** The imports of one routine, each once: what its code calls where rows stand that no WebAssembly instruction has. */
export class Hosts {
  readonly list: HostFunction[] = [];

  /** The call of a host function; those of one name are the same. */
  call(host: HostFunction): Item {
    let index = this.list.findIndex(({ name }) => name === host.name);
    if (index < 0) index = this.list.push(host) - 1;
    return ['call', index];
  }

  trap(name: FailureName): Item {
    return this.call(trap(name));
  }

  /** The call of another routine by its name; it returns like one of the module's own. */
  routine(name: string, params: readonly ValueType[], results: readonly ValueType[]): Item {
    return this.call({ name, type: functionType(params, results), translate: (t) => t.callRoutine(name) });
  }

  /** The cell of a key, whose value is below 2^32 where it is an i32. */
  cell(key: number, type: Integer): Item {
    return this.call({
      name: `cell ${key}`,
      type: functionType([], [type]),
      translate: (t) => {
        const to = t.destination();
        t.emitter.row(I.GET, 0, to.slot, 0, key);
        t.push(to, type === 'i32');
      },
    });
  }

  setCell(key: number, type: Integer): Item {
    return this.call({
      name: `set cell ${key}`,
      type: functionType([type]),
      translate: (t) => t.emitter.row(I.SET, 0, inSlot(t, t.stack.pop(), 0).slot, 0, key),
    });
  }
}
