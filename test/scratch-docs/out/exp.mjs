var __decorate = (this && this.__decorate) || function (decorators, target, key, desc) {
    var c = arguments.length, r = c < 3 ? target : desc === null ? desc = Object.getOwnPropertyDescriptor(target, key) : desc, d;
    if (typeof Reflect === "object" && typeof Reflect.decorate === "function") r = Reflect.decorate(decorators, target, key, desc);
    else for (var i = decorators.length - 1; i >= 0; i--) if (d = decorators[i]) r = (c < 3 ? d(r) : c > 3 ? d(target, key, r) : d(target, key)) || r;
    return c > 3 && r && Object.defineProperty(target, key, r), r;
};
var __metadata = (this && this.__metadata) || function (k, v) {
    if (typeof Reflect === "object" && typeof Reflect.metadata === "function") return Reflect.metadata(k, v);
};
var __param = (this && this.__param) || function (paramIndex, decorator) {
    return function (target, key) { decorator(target, key, paramIndex); }
};
import { createServer, Service, Route, Get, Inject, Module, OnStart, OnStop, Middleware, HttpError, Logger, Context, factory } from '@lokstra/core';
import { Cors, RequestId, Recovery } from '@lokstra/middleware';
import { createTestServer } from '@lokstra/core/testing';
import { writeFileSync } from 'node:fs';
async function t(name, f) { try {
    console.log('==', name);
    console.log(await f());
}
catch (e) {
    console.log(e.message);
} }
class Mailer {
}
let OrderService = class OrderService {
    m;
    constructor(m) {
        this.m = m;
    }
};
OrderService = __decorate([
    Service(),
    __metadata("design:paramtypes", [Mailer])
], OrderService);
let OrderController = class OrderController {
    o;
    constructor(o) {
        this.o = o;
    }
    x() { return 1; }
};
__decorate([
    Get(),
    __metadata("design:type", Function),
    __metadata("design:paramtypes", []),
    __metadata("design:returntype", void 0)
], OrderController.prototype, "x", null);
OrderController = __decorate([
    Route('/o'),
    __metadata("design:paramtypes", [OrderService])
], OrderController);
await t('missing', () => createServer({ services: [OrderService], apps: [{ controllers: [OrderController] }] }).check());
let SmtpMailer = class SmtpMailer extends Mailer {
    send() { }
};
SmtpMailer = __decorate([
    Service()
], SmtpMailer);
let SesMailer = class SesMailer extends Mailer {
    send() { }
};
SesMailer = __decorate([
    Service()
], SesMailer);
await t('ambiguous', () => createServer({ services: [OrderService, SmtpMailer, SesMailer], apps: [{ controllers: [OrderController] }] }).check());
let CurrentUser = class CurrentUser {
    ctx;
    constructor(ctx) {
        this.ctx = ctx;
    }
};
CurrentUser = __decorate([
    Service({ lifetime: 'request' }),
    __metadata("design:paramtypes", [Context])
], CurrentUser);
let Reports = class Reports {
    u;
    constructor(u) {
        this.u = u;
    }
};
Reports = __decorate([
    Service(),
    __metadata("design:paramtypes", [CurrentUser])
], Reports);
let ReportController = class ReportController {
    o;
    constructor(o) {
        this.o = o;
    }
    x() { return 1; }
};
__decorate([
    Get(),
    __metadata("design:type", Function),
    __metadata("design:paramtypes", []),
    __metadata("design:returntype", void 0)
], ReportController.prototype, "x", null);
ReportController = __decorate([
    Route('/r'),
    __metadata("design:paramtypes", [Reports])
], ReportController);
await t('captive', () => createServer({ services: [CurrentUser, Reports], apps: [{ controllers: [ReportController] }] }).check());
let A = class A {
    b;
    constructor(b) {
        this.b = b;
    }
};
A = __decorate([
    Service(),
    __param(0, Inject('B')),
    __metadata("design:paramtypes", [Object])
], A);
let B = class B {
    a;
    constructor(a) {
        this.a = a;
    }
};
B = __decorate([
    Service(),
    __metadata("design:paramtypes", [A])
], B);
let CC = class CC {
    a;
    constructor(a) {
        this.a = a;
    }
    x() { return 1; }
};
__decorate([
    Get(),
    __metadata("design:type", Function),
    __metadata("design:paramtypes", []),
    __metadata("design:returntype", void 0)
], CC.prototype, "x", null);
CC = __decorate([
    Route('/c'),
    __metadata("design:paramtypes", [A])
], CC);
await t('circular', () => createServer({ services: [A, B], apps: [{ controllers: [CC] }] }).check());
class Slot {
    #v = 0;
    get v() { return this.#v; }
}
let Wants = class Wants {
    s;
    constructor(s) {
        this.s = s;
    }
};
Wants = __decorate([
    Service(),
    __metadata("design:paramtypes", [Slot])
], Wants);
let Billing = class Billing {
    register(r) { r.service(Wants); r.controller(CC); }
};
Billing = __decorate([
    Module({ name: 'billing', capabilities: { services: true } })
], Billing);
let WC = class WC {
    a;
    constructor(a) {
        this.a = a;
    }
    x() { return 1; }
};
__decorate([
    Get(),
    __metadata("design:type", Function),
    __metadata("design:paramtypes", []),
    __metadata("design:returntype", void 0)
], WC.prototype, "x", null);
WC = __decorate([
    Route('/w'),
    __metadata("design:paramtypes", [Wants])
], WC);
await t('module', () => createServer({ services: [{ value: new Slot() }], modules: [Billing], apps: [{ controllers: [WC] }] }).check());
await t('level', () => { let X = class X {
    x() { return 1; }
}; __decorate([
    Get(),
    __metadata("design:type", Function),
    __metadata("design:paramtypes", []),
    __metadata("design:returntype", void 0)
], X.prototype, "x", null); X = __decorate([
    Route('/x'),
    Middleware([Cors, { origins: ['https://a.example'] }])
], X); return createServer({ apps: [{ controllers: [X] }] }).check(); });
let Bad = class Bad {
    async open() { throw new Error('connect ECONNREFUSED 127.0.0.1:5432'); }
};
__decorate([
    OnStart(),
    __metadata("design:type", Function),
    __metadata("design:paramtypes", []),
    __metadata("design:returntype", Promise)
], Bad.prototype, "open", null);
Bad = __decorate([
    Service({ eager: true })
], Bad);
await t('start', async () => { const e = await createServer({ services: [Bad], apps: [{ listen: ':0' }] }).start().catch((e) => e); return e.message; });
let Slow = class Slow {
    async open() { await new Promise(() => { }); }
};
__decorate([
    OnStart({ timeoutMs: 50 }),
    __metadata("design:type", Function),
    __metadata("design:paramtypes", []),
    __metadata("design:returntype", Promise)
], Slow.prototype, "open", null);
Slow = __decorate([
    Service({ eager: true })
], Slow);
await t('timeout', async () => createServer({ services: [Slow], apps: [{ listen: ':0' }] }).start());
await t('inuse', async () => { const s = await createServer({ apps: [{ listen: '127.0.0.1:48123' }] }).start(); try {
    await createServer({ apps: [{ name: 'api', listen: '127.0.0.1:48123' }] }).start();
}
finally {
    await s.stop();
} });
writeFileSync('lokstra.yaml', `# lokstra.yaml
name: shop
services:
  db: { type: postgress, url: 'postgres://app:hunter2@db/shop' }
middleware:
  - requestId
  - requestLoger
apps:
  - name: api
    lisen: ':3000'
    limits: { body: 1 GiBB }
    timeouts: { request: 1 minute and a bit }
    listen: ':\${PORT}'
`);
await t('config', () => createServer({ file: 'lokstra.yaml', env: {} }).check());
writeFileSync('lokstra.yaml', `# lokstra.yaml
name: shop
services:
  db: { type: postgress }
middleware:
  - requestId
  - requestLoger
  - requestLogger: { slow: soon }
apps:
  - name: api
    controllers: [TodoController]
    formatter: problems
`);
await t('config2', () => createServer({ file: 'lokstra.yaml', env: {} }).check());
const audit = (ctx, next) => next();
let Todos = class Todos {
    list() { return 1; }
    open() { return 2; }
};
__decorate([
    Get(),
    __metadata("design:type", Function),
    __metadata("design:paramtypes", []),
    __metadata("design:returntype", void 0)
], Todos.prototype, "list", null);
__decorate([
    Get('/open'),
    Middleware(RequestId, { override: true }),
    __metadata("design:type", Function),
    __metadata("design:paramtypes", []),
    __metadata("design:returntype", void 0)
], Todos.prototype, "open", null);
Todos = __decorate([
    Route('/todos'),
    Middleware(audit)
], Todos);
await t('routes', () => createServer({ middleware: [RequestId, Recovery], apps: [{ name: 'api', middleware: [[Cors, { origins: ['https://shop.example'] }]], controllers: [Todos] }] }).describeRoutes());
await t('cors*', () => createServer({ middleware: [[Cors, { origins: ['*'], credentials: true }]], apps: [{ listen: ':0' }] }).start());
await t('optional class inject in request-scoped controller', async () => {
    let Tr = class Tr {
        id = Math.random();
    };
    Tr = __decorate([
        Service({ lifetime: 'transient' })
    ], Tr);
    let Rq = class Rq {
        ctx;
        t;
        constructor(ctx, t) {
            this.ctx = ctx;
            this.t = t;
        }
    };
    Rq = __decorate([
        Service({ lifetime: 'request' }),
        __metadata("design:paramtypes", [Context, Tr])
    ], Rq);
    let Q = class Q {
        r;
        constructor(r) {
            this.r = r;
        }
        x() { return this.r.ctx.path; }
    };
    __decorate([
        Get(),
        __metadata("design:type", Function),
        __metadata("design:paramtypes", []),
        __metadata("design:returntype", void 0)
    ], Q.prototype, "x", null);
    Q = __decorate([
        Route('/q', { lifetime: 'request' }),
        __metadata("design:paramtypes", [Rq])
    ], Q);
    const s = await createTestServer({ services: [Tr, Rq], controllers: [Q] });
    return (await s.inject('GET', '/q')).text;
});
await t('factory', async () => {
    class Pool {
        n;
        constructor(n) {
            this.n = n;
        }
    }
    let Uses = class Uses {
        p;
        constructor(p) {
            this.p = p;
        }
    };
    Uses = __decorate([
        Service(),
        __metadata("design:paramtypes", [Pool])
    ], Uses);
    let P = class P {
        u;
        constructor(u) {
            this.u = u;
        }
        x() { return this.u.p.n; }
    };
    __decorate([
        Get(),
        __metadata("design:type", Function),
        __metadata("design:paramtypes", []),
        __metadata("design:returntype", void 0)
    ], P.prototype, "x", null);
    P = __decorate([
        Route('/p'),
        __metadata("design:paramtypes", [Uses])
    ], P);
    const s = await createTestServer({ services: [Uses, factory({ provides: Pool, inject: [Logger], create: async (log) => { log.info('made'); return new Pool(3); } })], controllers: [P] });
    return (await s.inject('GET', '/p')).text;
});
await t('notaservice', async () => { class Plain {
    p;
    constructor(p) {
        this.p = p;
    }
} ; return createServer({ services: [Plain], apps: [{}] }).check(); });
await t('metadata missing', async () => { let N = class N {
    p;
    constructor(p) {
        this.p = p;
    }
}; N = __decorate([
    Service(),
    __metadata("design:paramtypes", [String])
], N); let NC = class NC {
    n;
    constructor(n) {
        this.n = n;
    }
    x() { return 1; }
}; __decorate([
    Get(),
    __metadata("design:type", Function),
    __metadata("design:paramtypes", []),
    __metadata("design:returntype", void 0)
], NC.prototype, "x", null); NC = __decorate([
    Route('/n'),
    __metadata("design:paramtypes", [N])
], NC); return createServer({ services: [N], apps: [{ controllers: [NC] }] }).check(); });
await t('hook', async () => { let H = class H {
    s() { }
}; __decorate([
    OnStop(),
    __metadata("design:type", Function),
    __metadata("design:paramtypes", []),
    __metadata("design:returntype", void 0)
], H.prototype, "s", null); H = __decorate([
    Service({ lifetime: 'request' })
], H); let NC = class NC {
    n;
    constructor(n) {
        this.n = n;
    }
    x() { return 1; }
}; __decorate([
    Get(),
    __metadata("design:type", Function),
    __metadata("design:paramtypes", []),
    __metadata("design:returntype", void 0)
], NC.prototype, "x", null); NC = __decorate([
    Route('/n', { lifetime: 'request' }),
    __metadata("design:paramtypes", [H])
], NC); return createServer({ services: [H], apps: [{ controllers: [NC] }] }).check(); });
await t('unused service', async () => { let Unused = class Unused {
    p;
    constructor(p) {
        this.p = p;
    }
}; Unused = __decorate([
    Service(),
    __metadata("design:paramtypes", [Mailer])
], Unused); await createServer({ services: [Unused], apps: [{ controllers: [] }] }).check(); return 'ok'; });
await t('httperr', () => new HttpError(451, 'x').code);
process.exit(0);
//# sourceMappingURL=exp.mjs.map