import { fail, WattestError } from '../../errors/index.ts';
import {
  exportedFunctions,
  type FunctionType,
  type Module,
  place,
  quote,
  quoteSome,
} from '../../wasm/types.ts';
import { type FailureName, type FunctionEntry, returnSlotOf, type Signature, wordBits } from '../program.ts';
import type { CallTarget, Links } from './context.ts';
import { Emitter, Label } from './emitter.ts';
import { FunctionTranslator } from './function.ts';
import { functionReferences, type Layout, type TableLayout } from './initial.ts';
import { linkedRoutine } from './routines.ts';
import { Unit } from './unit.ts';

interface Queued {
  readonly unit: Unit;
  readonly index: number;
  readonly target: CallTarget;
}

/** What a function, or an entry, refers to. */
export interface References {
  readonly functions: Set<CallTarget>;
  readonly traps: Set<FailureName>;
  /** Reads or writes tables or segments. */
  tables: boolean;
  /** Calls through references. */
  indirect: boolean;
}

/** A translated function: how many rows, and what they refer to; or why it cannot be translated. */
export interface Part {
  readonly rows: number;
  readonly references: References;
  readonly error: WattestError | undefined;
}

/** Translates what is reachable, function by function in the order in which calls to them are met. */
export class Linker implements Links<Unit> {
  readonly emitter: Emitter;
  readonly main: Unit;
  readonly layout: Layout;
  /** Modules of routines, for those without indices. */
  private readonly routineUnits: Map<Module, Unit> = new Map();
  private readonly routines: Map<string, CallTarget> = new Map();
  private readonly targets: Map<Unit, Map<number, CallTarget>> = new Map();
  private readonly queue: Queued[] = [];
  /** Of what is being translated. */
  private references: References = noReferences();
  private readonly traps: Map<FailureName, Label> = new Map();
  private readonly bits: Map<FunctionType, Omit<Signature, 'pc'>> = new Map();
  private readsTables = false;
  /** Whether it calls through references. */
  private usesReferences = false;
  /** The entered export returns results, so an exit with code 0 is no return. */
  entryHasResults = false;
  /** Of the functions so far, in the order of their code. */
  readonly signatures: Signature[] = [];
  /** Slots of the largest frame so far; the entry's needs some for arguments and results. */
  frameSlots = 0;

  constructor(module: Module, layout: Layout) {
    this.main = new Unit(module);
    this.emitter = new Emitter((index) => this.main.describe(index));
    this.layout = layout;
  }

  /** Whether reachable code reads or writes tables or segments. */
  get usesTables(): boolean {
    return this.readsTables;
  }

  set usesTables(value: boolean) {
    this.readsTables = value;
    this.references.tables = value;
  }

  func(unit: Unit, index: number): CallTarget {
    const target = this.targetOf(unit, index);
    this.references.functions.add(target);
    return target;
  }

  private targetOf(unit: Unit, index: number): CallTarget {
    const ofUnit = this.targets.get(unit) ?? new Map<number, CallTarget>();
    this.targets.set(unit, ofUnit);
    const known = ofUnit.get(index);
    if (known !== undefined) return known;
    const type = unit.typeOf(index);
    const returnSlot = returnSlotOf(type);
    const target: CallTarget = { label: new Label(), returnSlot, type };
    ofUnit.set(index, target);
    this.queue.push({ unit, index, target });
    return target;
  }

  /** The routine `NAME` or `NAME INDEX …`. */
  routine(text: string): CallTarget {
    const known = this.routines.get(text);
    if (known !== undefined) {
      this.references.functions.add(known);
      return known;
    }
    const { module, index, given, isOwn } = linkedRoutine(text, this.layout);
    const shared = this.routineUnits.get(module);
    const unit = !isOwn && shared !== undefined ? shared : new Unit(module, given, isOwn ? text : undefined);
    if (!isOwn) this.routineUnits.set(module, unit);
    const target = this.func(unit, index);
    this.routines.set(text, target);
    return target;
  }

  /** A function of the program's own module, by its index. */
  guest(index: number): CallTarget {
    return this.func(this.main, index);
  }

  /** The only function of a module that was made for an entry. */
  adapter(module: Module): CallTarget {
    return this.func(new Unit(module, { quantities: {}, elements: {} }), module.functions[0].index);
  }

  trap(name: FailureName): Label {
    const label = this.traps.get(name) ?? new Label();
    this.traps.set(name, label);
    this.references.traps.add(name);
    return label;
  }

  /** A table that something calls through. From the first use on, every function with a reference is reachable. */
  table(index: number): TableLayout {
    this.useReferences();
    return this.layout.tables[index];
  }

  /** Types with equal parameters and results have one id, ≥ 1. */
  typeId(typeIndex: number): number {
    return this.layout.typeIds[typeIndex];
  }

  /** Translates what is queued, and what that queues. */
  translateAll(): void {
    for (let i = 0; i < this.queue.length; i++) this.translateFunction(this.queue[i]);
  }

  /** The same, of functions that cannot be translated too, part by part. */
  translateParts(): ReadonlyMap<CallTarget, Part> {
    const parts = new Map<CallTarget, Part>();
    for (let i = 0; i < this.queue.length; i++) {
      const entry = this.queue[i];
      parts.set(
        entry.target,
        this.part(() => this.translateFunction(entry)),
      );
    }
    this.references = noReferences();
    return parts;
  }

  /** What `emit` emits, with its size and references. */
  part(emit: () => void): Part {
    const { emitter } = this;
    const first = emitter.pc;
    const references = noReferences();
    this.references = references;
    try {
      emit();
      emitter.flush();
      return { rows: emitter.pc - first, references, error: undefined };
    } catch (error) {
      if (!(error instanceof WattestError)) throw error;
      emitter.drop();
      return { rows: emitter.pc - first, references, error };
    }
  }

  private translateFunction({ unit, index, target }: Queued): void {
    const { label } = target;
    this.emitter.bind(label);
    if (unit.routine) this.emitter.section('routine', unit.routineName(index));
    else this.emitter.section('function', unit.describe(index), index);
    this.signatures.push({ pc: label.pc, ...this.bitsOf(unit.typeOf(index)) });
    const slots = new FunctionTranslator(this, unit, unit.body(index)).translate();
    this.frameSlots = Math.max(this.frameSlots, slots);
  }

  /** Every trap that is used: its name and the place that rows jump to. */
  usedTraps(): readonly (readonly [FailureName, Label])[] {
    return [...this.traps];
  }

  /** What function references in tables mean; empty where nothing calls through one. */
  functionEntries(): readonly FunctionEntry[] {
    if (!this.usesReferences) return [];
    return functionReferences(this.main.module).map((index) => {
      const target = this.func(this.main, index);
      const type = this.typeId(this.main.typeIndexOf(index));
      return { id: index + 1, type, pc: target.label.pc, returnSlot: target.returnSlot };
    });
  }

  /** Functions of one type have the same lists. */
  private bitsOf(type: FunctionType): Omit<Signature, 'pc'> {
    const known = this.bits.get(type);
    if (known !== undefined) return known;
    const made = { params: type.params.map(wordBits), results: type.results.map(wordBits) };
    this.bits.set(type, made);
    return made;
  }

  private useReferences(): void {
    this.usesTables = true;
    this.references.indirect = true;
    if (this.usesReferences) return;
    this.usesReferences = true;
    for (const index of functionReferences(this.main.module)) this.func(this.main, index);
  }
}

const noReferences = (): References => ({
  functions: new Set(),
  traps: new Set(),
  tables: false,
  indirect: false,
});

export function missingExport(module: Module, name: string): never {
  const names = exportedFunctions(module);
  fail('EXPORT_MISSING', `the module exports no function ${quote(name)}`, {
    where: place(0),
    fix:
      names.length === 0
        ? 'Export a function from the module'
        : `Use one of its exports: ${quoteSome(names)}`,
  });
}
