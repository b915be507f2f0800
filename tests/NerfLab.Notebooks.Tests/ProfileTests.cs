using NerfLab.Recipes;

namespace NerfLab.Notebooks.Tests;

[Collection("profile")] // programs that tests start inherit the environment
public class ProfileTests
{
    [Fact]
    public void TheEnvironmentSaysWhichProfileHolds()
    {
        var before = Environment.GetEnvironmentVariable(Profile.Variable);
        try
        {
            foreach (var (name, expected) in new[] { (null, 2), ("quick", 1), ("tutorial", 2), ("full", 3) })
            {
                Environment.SetEnvironmentVariable(Profile.Variable, name);
                Assert.Equal(expected, Profile.Choose(quick: 1, tutorial: 2, full: 3));
            }
            Environment.SetEnvironmentVariable(Profile.Variable, "slow");
            Assert.Equal("NERFLAB_PROFILE=slow: quick, tutorial or full is expected", Assert.Throws<BadInputException>(() => Profile.Current).Message);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Profile.Variable, before);
        }
    }
}
