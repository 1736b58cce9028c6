import { fail, WattestError } from '../../errors/index.ts';
import { formatType } from '../../wasm/features.ts';
import {
  exportedFunctions,
  type FunctionType,
  type Module,
  quote,
  quoteSome,
  WHOLE_MODULE,
} from '../../wasm/types.ts';
import { type FailureName, type FunctionEntry, returnSlotOf, type Signature, wordBits } from '../program.ts';
import type { CallTarget, Links } from './context.ts';
import { Emitter, Label } from './emitter.ts';
import { FunctionTranslator } from './function.ts';
import { type LackingImport, MAX_SHOWN, refuseLacking } from './imports.ts';
import { functionReferences, type Layout, type TableLayout } from './initial.ts';
import { linkedRoutine } from './routines.ts';
import { SUPPORTED } from './supported.ts';
import { emitDispatch, sharedReturnSlots } from './tail-calls.ts';
import { Unit } from './unit.ts';

interface Queued {
  readonly target: CallTarget;
  /** Emits its rows. */
  readonly emit: () => void;
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
  private readonly dispatches: Map<string, CallTarget> = new Map();
  /** Of functions of the module that tail calls lead to or from. */
  private readonly sharedReturnSlots: ReadonlyMap<number, number>;
  private readonly traps: Map<FailureName, Label> = new Map();
  private readonly bits: Map<FunctionType, Omit<Signature, 'pc'>> = new Map();
  private readsTables = false;
  /** Whether it calls through references. */
  private usesReferences = false;
  /** Imports that nobody provides, and who calls them. */
  private readonly lacking: Map<number, Set<string>> = new Map();
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
    this.sharedReturnSlots = sharedReturnSlots(module);
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
    const target: CallTarget = { label: new Label(), returnSlot: this.returnSlot(unit, index), type };
    ofUnit.set(index, target);
    this.queue.push({ target, emit: () => this.translateFunction(unit, index, target) });
    return target;
  }

  returnSlot(unit: Unit, index: number): number {
    const shared = unit === this.main ? this.sharedReturnSlots.get(index) : undefined;
    return shared ?? returnSlotOf(unit.typeOf(index));
  }

  dispatch(typeIndex: number, returnSlot: number): CallTarget {
    this.useReferences();
    const id = this.typeId(typeIndex);
    const known = this.dispatches.get(`${id} ${returnSlot}`);
    if (known !== undefined) {
      this.references.functions.add(known);
      return known;
    }
    const { params, results } = this.main.module.types[typeIndex]!;
    const type: FunctionType = { params: [...params, 'funcref'], results };
    const target: CallTarget = { label: new Label(), returnSlot, type };
    this.dispatches.set(`${id} ${returnSlot}`, target);
    this.references.functions.add(target);
    const emit = (): void => {
      this.begin(target);
      this.emitter.section('routine', `return_call_indirect ${formatType({ params, results })}`);
      this.emitter.functionIndex = -1;
      this.emitter.offset = 0;
      emitDispatch(this.emitter, {
        slot: params.length,
        functions: this.functionEntries()
          .filter((entry) => entry.type === id)
          .map((entry) => ({ id: entry.id, label: this.func(this.main, entry.id - 1).label }))
          .sort((a, b) => a.id - b.id),
        uninitialised: this.trap('uninitialisedElement'),
        mismatch: this.trap('indirectTypeMismatch'),
      });
      this.frameSlots = Math.max(this.frameSlots, returnSlot + 1);
    };
    this.queue.push({ target, emit });
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

  lack(unit: Unit, index: number, caller: number): void {
    if (unit.module.trapImports === true) return;
    const callers = this.lacking.get(index) ?? new Set();
    this.lacking.set(index, callers);
    if (callers.size > MAX_SHOWN) return;
    // An import that is entered or stands in a table is a function that calls it.
    callers.add(caller === index ? 'the entry or a table' : unit.describe(caller));
  }

  /** @throws MODULE_UNSUPPORTED where something that was translated may call an import that nobody provides */
  refuseLacking(): void {
    const { main } = this;
    const lacking = [...this.lacking].map(([index, callers]): LackingImport => {
      return { entry: main.import(index), type: main.typeOf(index), callers: [...callers] };
    });
    refuseLacking(lacking, SUPPORTED.typeOf);
  }

  /** Types with equal parameters and results have one id, ≥ 1. */
  typeId(typeIndex: number): number {
    return this.layout.typeIds[typeIndex];
  }

  /** Translates what is queued, and what that queues. */
  translateAll(): void {
    for (let i = 0; i < this.queue.length; i++) this.queue[i]!.emit();
  }

  /** The same, of functions that cannot be translated too, part by part. */
  translateParts(): ReadonlyMap<CallTarget, Part> {
    const parts = new Map<CallTarget, Part>();
    for (let i = 0; i < this.queue.length; i++) {
      const { target, emit } = this.queue[i]!;
      parts.set(target, this.part(emit));
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
    this.lacking.clear();
    try {
      emit();
      emitter.flush();
      this.refuseLacking();
      return { rows: emitter.pc - first, references, error: undefined };
    } catch (error) {
      if (!(error instanceof WattestError)) throw error;
      emitter.drop();
      return { rows: emitter.pc - first, references, error };
    }
  }

  private translateFunction(unit: Unit, index: number, target: CallTarget): void {
    this.begin(target);
    if (unit.routine) this.emitter.section('routine', unit.routineName(index));
    else this.emitter.section('function', unit.describe(index), index);
    const slots = new FunctionTranslator(this, unit, unit.body(index)).translate();
    this.frameSlots = Math.max(this.frameSlots, slots);
  }

  /** The function begins here. */
  private begin({ label, type, returnSlot }: CallTarget): void {
    this.emitter.bind(label);
    const signature: Signature = { pc: label.pc, ...this.bitsOf(type) };
    this.signatures.push(returnSlot === returnSlotOf(type) ? signature : { ...signature, returnSlot });
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
    where: WHOLE_MODULE,
    fix:
      names.length === 0
        ? 'Export a function from the module'
        : `Use one of its exports: ${quoteSome(names)}`,
  });
}
