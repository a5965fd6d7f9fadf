/** Go's layouts of times: the reference time in the form that is wanted, `Mon Jan 2 15:04:05 MST 2006`. */

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** Longer elements first: `January` before `Jan`, `2006` before `2`. */
const elements =
  /January|Monday|Z070000|Z07:00:00|-070000|-07:00:00|Z0700|Z07:00|-0700|-07:00|-07|Z07|[.,]0+(?!\d)|[.,]9+(?!\d)|2006|Jan|Mon|MST|__2|_2|002|01|02|03|04|05|06|15|PM|pm|1|2|3|4|5/g;

/** The time, in UTC, in the layout. */
export function formatLayout(ms: number, layout: string): string {
  const date = new Date(ms);
  return layout.replace(elements, (element) => print(element, date));
}

function print(element: string, date: Date): string {
  const day = date.getUTCDate();
  const hour = date.getUTCHours();
  const yearDay = Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
  switch (element) {
    case "2006":
      return String(date.getUTCFullYear()).padStart(4, "0");
    case "06":
      return two(date.getUTCFullYear() % 100);
    case "January":
      return months[date.getUTCMonth()]!;
    case "Jan":
      return months[date.getUTCMonth()]!.slice(0, 3);
    case "01":
      return two(date.getUTCMonth() + 1);
    case "1":
      return String(date.getUTCMonth() + 1);
    case "Monday":
      return days[date.getUTCDay()]!;
    case "Mon":
      return days[date.getUTCDay()]!.slice(0, 3);
    case "02":
      return two(day);
    case "_2":
      return String(day).padStart(2, " ");
    case "2":
      return String(day);
    case "002":
      return String(yearDay).padStart(3, "0");
    case "__2":
      return String(yearDay).padStart(3, " ");
    case "15":
      return two(hour);
    case "03":
      return two(hour % 12 === 0 ? 12 : hour % 12);
    case "3":
      return String(hour % 12 === 0 ? 12 : hour % 12);
    case "04":
      return two(date.getUTCMinutes());
    case "4":
      return String(date.getUTCMinutes());
    case "05":
      return two(date.getUTCSeconds());
    case "5":
      return String(date.getUTCSeconds());
    case "PM":
      return hour < 12 ? "AM" : "PM";
    case "pm":
      return hour < 12 ? "am" : "pm";
    case "MST":
      return "UTC";
    default:
      return zoneOrFraction(element, date);
  }
}

function zoneOrFraction(element: string, date: Date): string {
  if (element.startsWith("Z")) return "Z";
  if (element.startsWith("-")) return `+${element.slice(1).replaceAll("7", "0")}`;
  const digits = String(date.getUTCMilliseconds()).padStart(3, "0").padEnd(element.length - 1, "0").slice(
    0,
    element.length - 1,
  );
  if (element[1] === "0") return element[0]! + digits;
  const trimmed = digits.replace(/0+$/, "");
  return trimmed === "" ? "" : element[0]! + trimmed;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
