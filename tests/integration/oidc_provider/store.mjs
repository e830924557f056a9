// Where the provider keeps its records. The library's own memory store forgets the oldest of 1000 entries, which a load test would
// read as lost grants, and cannot list a user's grants, which withdrawing consent needs.

const SWEEP_EVERY = 4096;

const models = new Map();
let writes = 0;

function recordsOf(name) {
  if (!models.has(name)) models.set(name, { byId: new Map(), idsByGrant: new Map(), idByUid: new Map() });
  return models.get(name);
}

// Expired records read as absent, as in a database with per-record lifetimes.
function isLive(record) {
  return record !== undefined && record.expiresAt > Date.now();
}

function remove(records, id) {
  const record = records.byId.get(id);
  if (!record) return;
  records.byId.delete(id);
  const siblings = records.idsByGrant.get(record.payload.grantId);
  siblings?.delete(id);
  if (siblings?.size === 0) records.idsByGrant.delete(record.payload.grantId);
  if (records.idByUid.get(record.payload.uid) === id) records.idByUid.delete(record.payload.uid);
}

function sweep() {
  for (const records of models.values()) {
    for (const [id, record] of records.byId) if (!isLive(record)) remove(records, id);
  }
}

export class Store {
  constructor(name) {
    this.records = recordsOf(name);
  }

  static grantsOf(accountId) {
    const live = [...recordsOf('Grant').byId].filter(([, record]) => isLive(record) && record.payload.accountId === accountId);
    return live.map(([id]) => id);
  }

  async upsert(id, payload, expiresIn) {
    writes += 1;
    if (writes % SWEEP_EVERY === 0) sweep();
    const { byId, idsByGrant, idByUid } = this.records;
    byId.set(id, { payload: structuredClone(payload), expiresAt: Date.now() + expiresIn * 1000 });
    if (payload.uid) idByUid.set(payload.uid, id);
    if (payload.grantId) {
      if (!idsByGrant.has(payload.grantId)) idsByGrant.set(payload.grantId, new Set());
      idsByGrant.get(payload.grantId).add(id);
    }
  }

  async find(id) {
    const record = this.records.byId.get(id);
    return isLive(record) ? structuredClone(record.payload) : undefined;
  }

  async findByUid(uid) {
    return this.find(this.records.idByUid.get(uid));
  }

  async consume(id) {
    const record = this.records.byId.get(id);
    if (record) record.payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    remove(this.records, id);
  }

  async revokeByGrantId(grantId) {
    for (const id of [...this.records.idsByGrant.get(grantId) ?? []]) remove(this.records, id);
  }
}
