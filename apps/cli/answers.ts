/** The last rebuild of a view since the server was started. */
export interface RebuildState {
  readonly position: string;
  readonly head: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly error: string | null;
}

/** A row of `GET /v1/operations/views`. */
export interface ViewState {
  readonly name: string;
  readonly version: number;
  readonly generation: number;
  readonly position: string;
  /** How many positions it is behind the head. */
  readonly behind: number;
  readonly state: string;
  readonly parked: number;
  readonly error: string | null;
  readonly rebuild: RebuildState | null;
}

export interface Items<Item> {
  readonly items: readonly Item[];
}
