/** Names of a manifest: they become names in C, C++, Rust, AssemblyScript, TypeScript and Solidity, so they are words that all of them take. */
import { FIXED_TYPES } from './types.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** What no field may be called: keywords and reserved words of the six languages. */
const RESERVED: ReadonlySet<string> = new Set([
  ...FIXED_TYPES.keys(),
  // C and C++
  ...words(`alignas alignof and asm auto bitand bitor bool break case catch char class compl concept const consteval constexpr constinit
    continue decltype default delete do double else enum explicit export extern false float for friend goto if inline int long mutable
    namespace new noexcept not nullptr operator or private protected public register reinterpret requires restrict return short signed
    sizeof static struct switch template this thread throw true try typedef typeid typename typeof union unsigned using virtual void
    volatile while xor require errno`),
  // Rust
  ...words(`abstract as async await become box crate dyn final fn gen impl in let loop macro match mod move mut override priv pub ref
    self static super trait type unsafe unsized use where yield`),
  // TypeScript and AssemblyScript
  ...words(`any arguments boolean constructor debugger declare eval finally from function get implements import infer instanceof
    interface is keyof module never null number object package prototype readonly set string symbol toString undefined unknown valueOf
    var with i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 v128 isize usize i128 u128 str load store`),
  // Solidity
  ...words(`after alias anonymous apply assembly at byte bytes calldata constant contract copyof days define emit ether event external
    fallback fixed gwei hex hours immutable indexed internal layout leave library mapping memory minutes modifier of partial payable
    pragma promise pure receive reference relocatable returns seconds sealed storage supports switch transient ufixed uint unchecked
    unicode view weeks wei years error revert assert now block msg tx abi`),
]);

/** What no struct and no program may be called: what the generated files call something themselves, or their languages. */
const TAKEN: ReadonlySet<string> = new Set(
  words(`Inputs PrivateInputs Outputs Array ArrayBuffer Bool Boolean Box Date Error Function Hex Infinity Map Math None Number Object
    Ok Err Option Promise Result Self Set Some StaticArray String Symbol TypedProgram Vec Uint8Array ID MACHINE`),
);

const MOST_LETTERS = 64;

/** What is wrong with a field's name; undefined where nothing is. */
export function fieldNameProblem(name: string): string | undefined {
  if (name.length > MOST_LETTERS || !/^[a-z][A-Za-z0-9]*$/.test(name))
    return `is no name such as "amount" or "validUntil": up to ${MOST_LETTERS} letters and digits, the first one small`;
  return RESERVED.has(name) ? 'is a reserved word of C, Rust, TypeScript or Solidity' : undefined;
}

/** The same of structs and programs. */
export function typeNameProblem(name: string): string | undefined {
  if (name.length > MOST_LETTERS || !/^[A-Z][A-Za-z0-9]*$/.test(name))
    return `is no name such as "Order" or "HighScore": up to ${MOST_LETTERS} letters and digits, the first one a capital`;
  return TAKEN.has(name) ? 'is a name that the generated files have themselves' : undefined;
}

/** `HighScore` as `high_score`: in names of files and of C. */
export function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]|(?<=[A-Z])[A-Z](?=[a-z])/g, '_$&').toLowerCase();
}
