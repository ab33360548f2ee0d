// The two libraries, whose scripts stand before ours in the page, and what main.js leaves for the console.
declare const $3Dmol: any;
declare function cytoscape(options: object): any;
declare var crossdock: { Data: typeof import("./data.js"); State: typeof import("./state.js") };
