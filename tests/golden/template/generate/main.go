// Command generate runs templates through Go's text/template and writes what it does with them as golden files.
//
//	cd tests/golden/template/generate && go run .
//
// The files are reproducible: generated cases come from a fixed seed. For a longer search, -scale and -seed make more and
// other cases and -out writes them elsewhere.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"text/template"
)

// maxOutput keeps the golden files small: a code point as a width says nothing more with 100,000 spaces.
const maxOutput = 8192

// goldenCase is one line of a golden file.
type goldenCase struct {
	Template string  `json:"template"`
	Data     string  `json:"data"` // a key of data.json
	Output   *string `json:"output,omitempty"`
	Error    string  `json:"error,omitempty"` // "parse" or "execute"
}

func main() {
	scale := flag.Int("scale", 1, "multiplies the number of generated cases")
	seed := flag.Int64("seed", 1, "of the generated cases")
	out := flag.String("out", "..", "folder to write to")
	flag.Parse()
	data := readData("../data.json")
	updateDepartures("../departures.json", data)
	files := map[string][]goldenCase{}
	for _, name := range []string{"actions", "syntax", "literals", "builtins"} {
		files[name] = readCorpus("corpus/" + name + ".txt")
	}
	files["verbs"] = verbCases()
	files["formats"] = formatCases(*seed, 700**scale)
	files["floats"] = floatCases(*seed, 300**scale)
	files["random"] = randomCases(*seed, 1100**scale)
	files["mutated"] = mutatedCases(append(append([]goldenCase{}, files["actions"]...), files["builtins"]...), *seed, 600**scale)
	for name, cases := range files {
		write(filepath.Join(*out, name+".json"), run(cases, data))
	}
}

func readData(path string) map[string]any {
	text, err := os.ReadFile(path)
	check(err)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var data map[string]any
	check(decoder.Decode(&data))
	return asStored(data).(map[string]any)
}

// asStored gives numbers the types they have in an object that the API server stored: int64 where that is possible,
// otherwise float64.
func asStored(value any) any {
	switch value := value.(type) {
	case json.Number:
		if integer, err := value.Int64(); err == nil {
			return integer
		}
		float, err := value.Float64()
		check(err)
		if float == math.Trunc(float) && math.Abs(float) < 1<<63 {
			return int64(float)
		}
		return float
	case map[string]any:
		for key, item := range value {
			value[key] = asStored(item)
		}
	case []any:
		for i, item := range value {
			value[i] = asStored(item)
		}
	}
	return value
}

// readCorpus reads hand-written templates: parted by lines of "===", the data named by lines of "@data NAME".
func readCorpus(path string) []goldenCase {
	text, err := os.ReadFile(path)
	check(err)
	var cases []goldenCase
	var lines []string
	data := ""
	flush := func() {
		if len(lines) > 0 {
			cases = append(cases, goldenCase{Template: strings.Join(lines, "\n"), Data: data})
		}
		lines = nil
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if name, found := strings.CutPrefix(line, "@data "); found {
			flush()
			data = name
		} else if line == "===" {
			flush()
		} else {
			lines = append(lines, line)
		}
	}
	flush()
	return cases
}

// run fills in what Go does. Cases where a ruling departs from Go are left out here; departures.json lists their like.
func run(cases []goldenCase, data map[string]any) []goldenCase {
	var results []goldenCase
	seen := map[string]bool{}
	for _, c := range cases {
		key := c.Data + "\x00" + c.Template
		if seen[key] {
			continue
		}
		seen[key] = true
		output, err := render(c.Template, data[c.Data])
		var parse parseError
		switch {
		case errors.As(err, &parse) && isOurs(err):
			continue
		case errors.As(err, &parse):
			c.Error = "parse"
		case err != nil && strings.Contains(err.Error(), "nil pointer evaluating"):
			continue
		case err != nil:
			c.Error = "execute"
		case strings.Contains(output, "no value"), len(output) > maxOutput:
			continue
		default:
			c.Output = &output
		}
		results = append(results, c)
	}
	return results
}

type parseError struct{ error }

func render(source string, data any) (string, error) {
	// A name that no template of the cases has.
	parsed, err := template.New("\x00root").Option("missingkey=zero").Funcs(twins).Parse(source)
	if err != nil {
		return "", parseError{err}
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, data)
	return out.String(), err
}

// isOurs reports whether Go refuses a template for a function that is ours: a mutation can hit on its name.
func isOurs(err error) bool {
	for _, name := range []string{"abs", "add", "annotations", "empty", "get", "labels", "meta", "name", "phase", "spec", "status"} {
		if strings.Contains(err.Error(), fmt.Sprintf("function %q not defined", name)) {
			return true
		}
	}
	return false
}

// twins are the functions that replace Go's: len of nothing is 0, and nothing is escaped to nothing, not to "<no value>".
var twins = template.FuncMap{
	"len": func(item reflect.Value) (int, error) {
		for item.Kind() == reflect.Interface {
			item = item.Elem()
		}
		switch item.Kind() {
		case reflect.Invalid:
			return 0, nil
		case reflect.String, reflect.Slice, reflect.Map:
			return item.Len(), nil
		}
		return 0, fmt.Errorf("len of type %s", item.Type())
	},
	"html":     func(args ...any) string { return template.HTMLEscaper(present(args)...) },
	"js":       func(args ...any) string { return template.JSEscaper(present(args)...) },
	"urlquery": func(args ...any) string { return template.URLQueryEscaper(present(args)...) },
}

func present(args []any) []any {
	for i, arg := range args {
		if arg == nil {
			args[i] = ""
		}
	}
	return args
}

func write(path string, cases []goldenCase) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for i, c := range cases {
		if i == 0 {
			out.WriteString("[")
		} else {
			out.Truncate(out.Len() - 1)
			out.WriteString(",\n")
		}
		check(encoder.Encode(c))
	}
	out.Truncate(out.Len() - 1)
	out.WriteString("]\n")
	check(os.WriteFile(path, out.Bytes(), 0o644))
	fmt.Println(filepath.Base(path), len(cases))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
