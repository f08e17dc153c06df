/** Header of every activity: the lake that its run works on. */
export const LAKE_HEADER = 'fernlake-lake';
