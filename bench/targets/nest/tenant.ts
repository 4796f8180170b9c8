import { BadRequestException, createParamDecorator, type ExecutionContext } from '@nestjs/common'

/** The checked header: pipes do not apply to `@Headers`. */
export const Tenant = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>()
  const tenant = headers['x-tenant']
  if (typeof tenant === 'string' && tenant.length >= 1 && tenant.length <= 50) return tenant
  throw new BadRequestException('x-tenant must have 1 to 50 characters')
})
