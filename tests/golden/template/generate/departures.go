package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"text/template"
)

// departure is a hand-written case in which a ruling departs from Go.
type departure struct {
	Ruling   int             `json:"ruling"`
	Reason   string          `json:"reason"`
	Template string          `json:"template"`
	Data     string          `json:"data"`
	Output   *string         `json:"output,omitempty"`
	Value    json.RawMessage `json:"value,omitempty"`
	Go       string          `json:"go"` // filled in here
}

// updateDepartures writes beside each departure what Go does, and insists on a difference.
func updateDepartures(path string, data map[string]any) {
	text, err := os.ReadFile(path)
	check(err)
	var list []departure
	check(json.Unmarshal(text, &list))
	var lines []string
	for _, d := range list {
		parsed := template.Must(template.New("\x00root").Option("missingkey=zero").Parse(d.Template))
		var out bytes.Buffer
		if err := parsed.Execute(&out, data[d.Data]); err != nil {
			_, message, _ := strings.Cut(err.Error(), ">: ")
			d.Go = "error: " + message
		} else {
			d.Go = "output: " + out.String()
			if d.Output != nil && *d.Output == out.String() {
				panic("Go does the same: " + d.Template)
			}
		}
		line := new(bytes.Buffer)
		encoder := json.NewEncoder(line)
		encoder.SetEscapeHTML(false)
		check(encoder.Encode(d))
		lines = append(lines, strings.TrimSuffix(line.String(), "\n"))
	}
	check(os.WriteFile(path, []byte("["+strings.Join(lines, ",\n")+"]\n"), 0o644))
}
