import type { FieldPlan, ObjectPlan } from '../../contract/object-plan.js'
import type { ValueType } from '../../contract/value-type.js'
import { propertyType, type Class } from '../../decorators/metadata.js'

const known = new WeakMap<ObjectPlan, ObjectPlan>()

/**
 * The type without the `@Transform` functions of its classes, at any depth. They translate between what clients write and what code
 * holds; a call carries what code holds.
 */
export function untransformedType(type: ValueType): ValueType {
  switch (type.kind) {
    case 'array':
    case 'set':
    case 'map':
      return { kind: type.kind, element: untransformedType(type.element) }
    case 'object': {
      const { plan } = type
      return { kind: 'object', plan: () => untransformed(plan()) }
    }
    case 'union': {
      const variants = [...type.variants].map(([name, plan]) => [name, () => untransformed(plan())] as const)
      return { kind: 'union', discriminator: type.discriminator, variants: new Map(variants) }
    }
    default:
      return type
  }
}

function untransformed(plan: ObjectPlan): ObjectPlan {
  let copy = known.get(plan)
  if (!copy) {
    const { type, fields } = plan
    const data = fields.filter(({ property }) => !isMethod(type, property))
    copy = Object.freeze({ ...plan, fields: Object.freeze(data.map(untransformedField)) })
    known.set(plan, copy)
    known.set(copy, copy)
  }
  return copy
}

export function untransformedField<F extends FieldPlan>(field: F): F {
  return Object.freeze({ ...field, type: untransformedType(field.type), transforms: [] })
}

/** Clients are given what an exposed method returns; who calls has the method. */
function isMethod(type: Class, property: string): boolean {
  return propertyType(type.prototype as object, property) === Function
}
