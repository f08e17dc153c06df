/** Of every activity: the lake that its run works on, as the run was told. */
export const LAKE_HEADER = 'fernlake-lake';
