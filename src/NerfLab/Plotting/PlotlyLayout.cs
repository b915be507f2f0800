using System.Text.Json.Nodes;

namespace NerfLab.Plotting;

/// <summary>Figures as plotly.js reads them: an object with data and layout.</summary>
internal static class PlotlyLayout
{
    /// <summary>A figure with two axes.</summary>
    public static JsonObject Of(Figure figure)
    {
        var (x, y) = figure.Scales();
        var layout = Layout(figure.Title, figure.ActualHeight);
        (layout["xaxis"], layout["yaxis"]) = (Of(figure.X, x), Of(figure.Y, y));
        if (figure.SameScale) layout["yaxis"]!["scaleanchor"] = "x";
        if (figure.Marks.Any(m => m is StairsMark)) (layout["bargap"], layout["barmode"]) = (0, "overlay");
        return new JsonObject { ["data"] = new JsonArray([.. figure.Marks.Zip(figure.Colors(), (m, c) => (JsonNode)m.Trace(c, figure))]), ["layout"] = layout };
    }

    /// <summary>A figure in space.</summary>
    public static JsonObject Of(SpaceFigure figure)
    {
        var layout = Layout(figure.Title, figure.Height);
        var (eye, up) = (-1.7f * System.Numerics.Vector3.Normalize(figure.Direction), System.Numerics.Vector3.Normalize(figure.Up));
        layout["scene"] = new JsonObject
        {
            ["aspectmode"] = "data",
            ["camera"] = new JsonObject
            {
                ["eye"] = new JsonObject { ["x"] = eye.X, ["y"] = eye.Y, ["z"] = eye.Z },
                ["up"] = new JsonObject { ["x"] = up.X, ["y"] = up.Y, ["z"] = up.Z },
            },
        };
        return new JsonObject { ["data"] = new JsonArray([.. figure.Marks.Zip(figure.Colors(), (m, c) => (JsonNode)m.Trace(c, figure.Frustum))]), ["layout"] = layout };
    }

    static JsonObject Layout(string title, float height) => new()
    {
        ["title"] = new JsonObject { ["text"] = title, ["x"] = 0.01 },
        ["height"] = height, ["autosize"] = true,
        ["margin"] = new JsonObject { ["l"] = 64, ["r"] = 24, ["t"] = 56, ["b"] = 52 },
        ["legend"] = new JsonObject { ["orientation"] = "h", ["x"] = 1, ["xanchor"] = "right", ["y"] = 1.02, ["yanchor"] = "bottom" },
        ["paper_bgcolor"] = "rgba(0,0,0,0)", ["plot_bgcolor"] = "rgba(0,0,0,0)",
    };

    static JsonObject Of(Axis axis, Scale scale)
    {
        var json = new JsonObject { ["title"] = new JsonObject { ["text"] = axis.Label }, ["zeroline"] = false, ["automargin"] = true };
        if (axis.Names is null)
        {
            (json["type"], json["range"]) = scale.Log ? ("log", new JsonArray(double.Log10(scale.Low), double.Log10(scale.High))) : ("linear", new JsonArray(scale.Low, scale.High));
            json["exponentformat"] = "power";
            if (scale.Log && scale.High / scale.Low > 100) json["dtick"] = 1; // powers of ten only
            if (scale.Down) json["range"] = new JsonArray(scale.High, scale.Low);
        }
        else
        {
            json["type"] = "category";
            if (scale.Down) json["autorange"] = "reversed";
        }
        return json;
    }
}
