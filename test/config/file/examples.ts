/** Plain records of an API of somebody else. */
export const GOOD = `lake: file:///srv/lake
datasets:
  shop:
    source:
      url: https://api.example.com/orders
      primary_key: id
      contiguous: true
    record:
      event_time: { field: at }
      columns:
        id: integer
        at: { type: text, compact: time }
        state: { type: text, compact: { dictionary: [new, paid] } }
`;

/** Of design.md, every name of a dataset. */
export const WHOLE = `lake: file:///srv/lake
datasets:
  logs:
    source:
      url: https://api.example.com/api/data/log
      method: GET
      headers: { X-Tenant: "42", X-Retries: 3 }
      auth: { type: bearer, token: "\${API_TOKEN}" }
      params: { limit: 100 }
      cache_buster: false
      proxy: http://proxy.local:3128
      ca_file: ca.pem
      cert_file: /etc/ssl/ours.pem
      key_file: /etc/ssl/ours.key
      timeout: 10s
      data_selector: data.items
      primary_key: recordId
      contiguous: true
    record:
      payload: data
      encryption: fernet
      keys: "\${FERNET_KEYS}"
      format: json
      primary_key: record_id
      event_time: { field: inDate, format: iso8601, zone: Europe/Berlin }
      columns:
        user_id: { type: text, compact: hex }
        record_id: integer
        url: { type: text, compact: { dictionary: [/api/products/product/] } }
        inDate: { type: text, compact: time }
        detail: { type: object, columns: { message: text, level: { type: text, optional: true } } }
        score: { type: number, optional: true, description: how good }
        more: json
      other_columns: quarantine
    poll: { slot: 1m, min: 250ms, max: 30s }
    seal: { lateness: 0s, idle: 2h }
    formats: [ndjson, parquet]
`;

/** The diary's API. */
export const PRESET = `lake: s3://my-bucket/lake/
datasets:
  logs:
    preset: log-api
    source: { url: https://api.example.com/log }
    record: { keys: "\${FERNET_KEYS}" }
`;
