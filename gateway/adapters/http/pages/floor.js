// The floor plan, live: a dot that only moves is moved here and glides; whatever else changed is drawn again by
// the server.

const placed = ({ x_cm, y_cm }) => x_cm !== null && y_cm !== null;

const drawn = ({ on, beacons, people }) =>
  JSON.stringify([
    on,
    beacons.filter(({ kind }) => kind !== "tag").map(({ beacon, state }) => [beacon, state]),
    people.map((person) => [person.member, person.name, placed(person) || person.zone]),
  ]);
const listed = ({ people }) => JSON.stringify(people.map(({ member, name, zone, proof }) => [member, name, zone, proof]));
const states = ({ beacons, file_broken_ms }) =>
  JSON.stringify([file_broken_ms, beacons.map(({ beacon, state }) => [beacon, state])]);

/** What to do with a "presence" of the stream; `changed(...parts)` says which parts show something else now. */
export function floor(changed) {
  const before = {};
  const parts = { floor: drawn, people: listed, senders: states, notices: states };
  return (presence) => {
    presence.people.filter(placed).forEach(move);
    for (const [part, shape] of Object.entries(parts)) {
      const now = shape(presence);
      if (part in before && before[part] !== now) changed(part);
      before[part] = now;
    }
  };
}

function move({ member, x_cm, y_cm }) {
  const dot = document.querySelector(`[data-dot="${CSS.escape(member)}"]`);
  const scale = Number(dot?.closest("svg").dataset.scale);
  if (scale) dot.style.transform = `translate(${x_cm * scale}px, ${y_cm * scale}px)`;
}
