/** The package types its index only. These modules are parts of it, which load without the rest. */
declare module 'class-validator/cjs/container.js' {
  export { getFromContainer } from 'class-validator'
}
declare module 'class-validator/cjs/metadata/MetadataStorage.js' {
  export { getMetadataStorage } from 'class-validator'
}
declare module 'class-validator/cjs/validation/ValidationError.js' {
  export { ValidationError } from 'class-validator'
}
declare module 'class-validator/cjs/validation/Validator.js' {
  export { Validator } from 'class-validator'
}
declare module 'class-validator/cjs/register-decorator.js' {
  export { registerDecorator } from 'class-validator'
}
declare module 'class-validator/cjs/decorator/common/Allow.js' {
  export { Allow } from 'class-validator'
}
declare module 'class-validator/cjs/decorator/common/IsIn.js' {
  export { IsIn } from 'class-validator'
}
declare module 'class-validator/cjs/decorator/common/IsNotEmpty.js' {
  export { IsNotEmpty } from 'class-validator'
}
declare module 'class-validator/cjs/decorator/common/IsOptional.js' {
  export { IsOptional } from 'class-validator'
}
declare module 'class-validator/cjs/decorator/common/ValidateNested.js' {
  export { ValidateNested } from 'class-validator'
}
declare module 'class-validator/cjs/decorator/number/Max.js' {
  export { Max } from 'class-validator'
}
declare module 'class-validator/cjs/decorator/number/Min.js' {
  export { Min } from 'class-validator'
}
declare module 'class-validator/cjs/decorator/string/Matches.js' {
  export { Matches } from 'class-validator'
}
declare module 'class-validator/cjs/decorator/typechecker/IsBoolean.js' {
  export { IsBoolean } from 'class-validator'
}
declare module 'class-validator/cjs/decorator/typechecker/IsInt.js' {
  export { IsInt } from 'class-validator'
}
declare module 'class-validator/cjs/decorator/typechecker/IsString.js' {
  export { IsString } from 'class-validator'
}
