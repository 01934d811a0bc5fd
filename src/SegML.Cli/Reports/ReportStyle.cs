namespace SegML.Cli.Reports;

/// <summary>How reports look: the system's fonts, light or dark as the reader prefers, readable on a phone and in print.</summary>
internal static class ReportStyle
{
    public static Html Css => Html.Constant("""

        :root{color-scheme:light dark;--back:#f6f7f9;--card:#fff;--text:#1b2230;--soft:#5c6676;--line:#e1e5eb;--accent:#2563eb;--accent-rgb:37 99 235;--track:#e8ecf2;--code:#f1f3f7;--c0:#2563eb;--c1:#d9600a;--c2:#0f8a5f;--c3:#a83279;--c4:#7a5c00;--c5:#5b5fc7}
        @media(prefers-color-scheme:dark){:root{--back:#11141a;--card:#191e27;--text:#e6e9ef;--soft:#98a2b3;--line:#2b3240;--accent:#7aa5ff;--accent-rgb:96 145 255;--track:#2a3140;--code:#11151c;--c0:#7aa5ff;--c1:#ff9f5a;--c2:#4fd0a0;--c3:#f08cc8;--c4:#d9b84a;--c5:#a9acff}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--back);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
        header,nav,main,footer{max-width:1080px;margin:0 auto;padding:0 24px}
        header{padding-top:44px}
        h1{margin:0;font-size:30px;line-height:1.2;letter-spacing:-.02em}
        header p{margin:8px 0 0;color:var(--soft);max-width:70ch}
        nav{display:flex;flex-wrap:wrap;gap:4px 18px;padding-top:18px;padding-bottom:22px;font-size:14px}
        a{color:var(--accent);text-decoration:none}
        a:hover{text-decoration:underline}
        section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:22px 26px 26px;margin-bottom:18px}
        h2{margin:0 0 14px;font-size:19px;letter-spacing:-.01em}
        section>p{margin:0 0 14px;max-width:76ch;color:var(--soft)}
        section>p.after{margin:14px 0 0}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        th{font-weight:600;color:var(--soft);font-size:13px;text-align:left;white-space:nowrap}
        th,td{padding:8px 10px;border-bottom:1px solid var(--line)}
        tbody tr:last-child td,tbody tr:last-child th{border-bottom:0}
        td.n,th.n{text-align:right;white-space:nowrap}
        td.name,.heat th.name{color:var(--text);font-weight:500;white-space:nowrap}
        td.name{font-size:15px}
        tr.total td{font-weight:600;border-top:2px solid var(--line)}
        .swatch{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:8px;vertical-align:-1px;border:1px solid rgb(0 0 0/.25)}
        .bar{display:block;height:8px;min-width:120px;border-radius:4px;background:var(--track);overflow:hidden}
        .bar i{display:block;height:100%;border-radius:4px;background:var(--fill,var(--accent));width:calc(100%*var(--share))}
        td.wide{width:32%;min-width:140px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(max(140px,30%),1fr));gap:12px}
        .tile{border:1px solid var(--line);border-radius:10px;padding:14px 16px}
        .tile b{display:block;white-space:nowrap;font-size:25px;line-height:1.25;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
        .tile span{color:var(--soft);font-size:13px}
        .tile.first{background:var(--accent);border-color:var(--accent);color:#fff}
        .tile.first span{color:rgb(255 255 255/.85)}
        @media(prefers-color-scheme:dark){.tile.first{background:#2456c4;border-color:#2456c4}}
        .heat{width:auto}
        .heat{font-size:14px}
        .heat td,.heat th{padding:7px 7px}
        .heat td{min-width:54px;text-align:right;background:rgb(var(--accent-rgb)/calc(.9*var(--share)));border:2px solid var(--card);border-radius:6px}
        .heat td.strong{color:#fff}
        .heat th{border:0}
        .heat td.none{color:var(--soft);background:none}
        .legend{display:flex;flex-wrap:wrap;gap:6px 18px;margin:0 0 14px;padding:0;list-style:none;font-size:14px}
        .pictures{display:grid;grid-template-columns:repeat(var(--columns),1fr);gap:8px 10px;align-items:end}
        .pictures div{font-weight:600;color:var(--soft);font-size:13px}
        figure{margin:0}
        figcaption{grid-column:1/-1;color:var(--soft);font-size:13px;margin:-2px 0 8px;overflow-wrap:anywhere}
        .findings{margin:0 0 12px;padding-left:20px;overflow-wrap:anywhere}
        .findings .note{color:var(--soft)}
        .pictures img,.curves{display:block;width:100%;height:auto;border-radius:8px;border:1px solid var(--line)}
        .graph{display:block;max-width:100%;height:auto;margin:0 auto;border-radius:8px;border:1px solid var(--line)}
        pre{background:var(--code);border:1px solid var(--line);border-radius:8px;padding:14px 16px;overflow-x:auto;margin:0 0 12px;font:13px/1.6 ui-monospace,"SF Mono","Cascadia Mono",Consolas,monospace}
        pre.tall{max-height:420px;overflow:auto}
        svg text{fill:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}
        .grid{fill:none;stroke:var(--line);stroke-width:1}
        .ideal{fill:none;stroke:var(--soft);stroke-width:1.2;stroke-dasharray:5 4}
        .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
        .c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}.c4{--c:var(--c4)}.c5{--c:var(--c5)}
        .line{stroke:var(--c)}.dashed{stroke-dasharray:6 4}
        circle,rect{fill:var(--c)}
        rect.excess{fill:#e5707a}
        rect.missing{fill:none;stroke:#e5707a;stroke-width:1.2}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(420px,100%),1fr));gap:26px 40px}
        .scroll+.charts{margin-top:24px}
        .chart.wide{grid-column:1/-1}
        .chart svg{display:block;width:100%;height:auto}
        .chart figcaption{display:flex;flex-wrap:wrap;gap:2px 18px;margin:0 0 8px;color:var(--soft)}
        .chart figcaption b{color:var(--text);font-weight:600;font-size:14px}
        .key{white-space:nowrap}
        .chart .key svg{display:inline-block;width:22px;height:8px;margin-right:6px;vertical-align:1px}
        .minis{display:grid;grid-template-columns:repeat(auto-fill,minmax(210px,1fr));gap:18px 26px}
        .minis svg{display:block;width:100%;height:auto}
        .minis figcaption{display:flex;align-items:baseline;margin:0 0 4px;color:var(--text);font-size:14px;white-space:nowrap}
        .minis figcaption span:nth-child(2){overflow:hidden;text-overflow:ellipsis}
        .minis figcaption b{margin-left:auto;padding-left:8px;font-weight:600;font-variant-numeric:tabular-nums}
        .minis .line{stroke-width:1.8}
        .beside{display:flex;flex-wrap:wrap;gap:20px 40px;align-items:flex-start}
        .beside .scroll{flex:1 1 340px}
        .reliability{flex:0 1 360px;width:360px;height:auto}
        .same table{table-layout:fixed}
        .same th:first-child{width:30%}
        .same td.n{white-space:normal;overflow-wrap:anywhere}
        .facts td.name{width:1%;color:var(--soft);padding-right:28px;font-size:14px}
        .facts td{overflow-wrap:anywhere}
        h3{font-size:14px;margin:16px 0 6px}
        footer{color:var(--soft);font-size:13px;padding-top:6px;padding-bottom:40px}
        @media print{*{print-color-adjust:exact}body{background:#fff}nav{display:none}section{break-inside:avoid;border:0;padding:0}}

        """);
}
