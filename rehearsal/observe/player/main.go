// Player plays a stretch of time faster than it passes: pages of metrics of simulated moments go into a real Prometheus
// storage, and Prometheus' own rule engine evaluates the rules at each of those moments.
//
//	player PLAN.json
//
// It writes JSON lines: how far it is, each alert that starts to fire or ends, and at last what was played.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/tsdb"
)

// Phase is a stretch of the time with a step of its own.
type Phase struct {
	From float64 `json:"from"`
	// To is the end; 0 plays on until the clock's own time is reached.
	To   float64 `json:"to"`
	Step float64 `json:"step"`
	// Rules says whether they are evaluated, or samples are taken only.
	Rules bool `json:"rules"`
}

// Plan is what to play.
type Plan struct {
	// Pages answers with the metrics of a moment: its Unix time comes as ?at=.
	Pages string `json:"pages"`
	// Folder gets the storage, as blocks that any Prometheus reads.
	Folder string   `json:"folder"`
	Rules  []string `json:"rules"`
	// Labels are the scraped target's own.
	Labels map[string]string `json:"labels"`
	// Interval is that of rule groups without one.
	Interval float64 `json:"interval"`
	Phases   []Phase `json:"phases"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: player PLAN.json")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var plan Plan
	if err := json.Unmarshal(text, &plan); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	// Queries leave much behind; memory for less collecting.
	debug.SetGCPercent(400)
	// All of it stays in the head until the end: no block is cut off and read back meanwhile.
	scratch := filepath.Clean(plan.Folder) + ".playing"
	defer os.RemoveAll(scratch)
	options := tsdb.DefaultOptions()
	options.WALSegmentSize = -1
	options.IsolationDisabled = true
	storage, err := tsdb.Open(scratch, promslog.NewNopLogger(), nil, options, nil)
	if err != nil {
		return err
	}
	defer storage.Close()
	storage.DisableCompactions()
	told := json.NewEncoder(os.Stdout)
	if err := play(plan, storage, told); err != nil {
		return err
	}
	return storage.Snapshot(plan.Folder, true)
}

func play(plan Plan, storage *tsdb.DB, told *json.Encoder) error {
	engine, err := newEngine(plan, storage, told)
	if err != nil {
		return err
	}
	target := newTarget(plan.Labels, storage)
	started, moments := time.Now(), 0
	var reported int64
	for page := range fetched(plan) {
		if page.err != nil {
			return page.err
		}
		if err := target.take(page.body, page.at); err != nil {
			return err
		}
		if page.rules {
			if err := engine.evaluate(page.at, page.step); err != nil {
				return err
			}
		}
		moments++
		if at := page.at.Unix(); at-reported >= 900 {
			reported = at
			if err := told.Encode(map[string]any{"at": at}); err != nil {
				return err
			}
		}
	}
	return told.Encode(map[string]any{
		"played": moments, "series": storage.Head().NumSeries(), "evaluations": engine.evaluations,
		"seconds": time.Since(started).Seconds(),
	})
}
