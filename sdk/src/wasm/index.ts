/** WebAssembly modules: the binary format, validation, and what a module uses. Nothing of any machine. */
export { type Argument, assemble, type Code, type ModuleParts, moduleBytes } from './build.ts';
export { decodeModule, sectionName } from './decode.ts';
export {
  type Feature,
  type FeatureReport,
  type FeatureUse,
  findUnsupported,
  formatType,
  type InstructionUse,
  refuseUnsupported,
  type StructuralFeature,
  type Supported,
  scanFeatures,
  type Unsupported,
} from './features.ts';
export { LIMITS } from './limits.ts';
export {
  type Immediate,
  OP,
  OPCODES,
  type Opcode,
  type OpcodeFeature,
  type OpcodeName,
  opcodeById,
  opcodeByName,
} from './opcodes.ts';
export * from './types.ts';
export { validateModule } from './validate.ts';
