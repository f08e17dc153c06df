/** One request as versitygw's access log has it. */
export interface S3Request {
  /** `PutObject`, `GetObject`, `ListObjectsV2`, … */
  readonly operation: string;
  /** Access key of the requester, `-` for none. */
  readonly user: string;
  /** `-` where the request has no key. */
  readonly key: string;
  readonly status: number;
}

/** `owner bucket [time] ip requester id s3_Operation key /path status …`, the form of S3's own server access logs. */
const LINE = /^\S+ \S+ \[[^\]]+\] \S+ (\S+) \S+ (?:s3_)?(\S+) (.+?) (?:\/\S*) (\d{3}) /;

export function parseAccessLog(text: string): S3Request[] {
  return text.split('\n').flatMap((line) => {
    const [, user, operation, key, status] = LINE.exec(line) ?? [];
    if (user === undefined || operation === undefined || key === undefined) return [];
    return [{ operation, user, key, status: Number(status) }];
  });
}
